/** The version of the OCI runtime spec that this runtime implements: of its states, its default config, its features. */
export const OCI_VERSION = '1.2.0';
