/** One thing that the doctor has looked at. */
export interface Finding {
  readonly group: string;
  readonly name: string;
  /** `bad`: Drydock cannot work so. `weak`: something is missing or slower. */
  readonly grade: 'ok' | 'weak' | 'bad';
  /** What was found, in a few words. */
  readonly value: string;
  /** What cannot be done because of it. */
  readonly without?: string;
  /** What Drydock does instead. */
  readonly instead?: string;
  /** What to do about it. */
  readonly advice?: string;
}
