/** Documents of the OCI runtime spec: what is wrong with one is SPEC_INVALID (src/validation.ts has the words). */
import type * as v from 'valibot';
import * as documents from '../validation.ts';

const complaint: documents.Complaint = {
  code: 'SPEC_INVALID',
  hint: 'the OCI runtime spec describes each property (config.md, config-linux.md)',
};

/** A document as a value; a property that is null is absent. Throws SPEC_INVALID for what is no JSON. */
export function parseDocument(text: string, where: string): unknown {
  return documents.parseDocument(text, where, complaint);
}

/** The value, typed. `where` names the document in errors. Throws SPEC_INVALID for the first thing that is wrong. */
export function validate<S extends v.GenericSchema>(wanted: S, value: unknown, where: string): v.InferOutput<S> {
  return documents.validate(wanted, value, where, complaint);
}
