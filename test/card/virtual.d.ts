declare module 'virtual:embedded' {
  /** Files in base64 by the address that they are fetched from (test/card/bundle.ts). */
  const files: Readonly<Record<string, string>>;
  export default files;
}
