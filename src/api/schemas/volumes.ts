/** `POST /volumes/create`. */
import * as v from 'valibot';
import type { VolumeRequest } from '../../engine/volumes/volume.ts';
import { pairs, text } from './parts.ts';

export const volumeRequest: v.GenericSchema<unknown, VolumeRequest> = v.object({
  Name: text,
  Driver: text,
  DriverOpts: pairs,
  Labels: pairs,
});
