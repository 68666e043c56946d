/** `POST /volumes/create`. */
import type * as v from 'valibot';
import type { VolumeRequest } from '../../engine/volumes/volume.ts';
import { object, pairs, text } from './parts.ts';

export const volumeRequest: v.GenericSchema<unknown, VolumeRequest> = object({
  Name: text,
  Driver: text,
  DriverOpts: pairs,
  Labels: pairs,
});
