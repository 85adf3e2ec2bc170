/** Files that the page gives to the reader. Knows no run. */

/** Saves a file under a name, where the browser puts downloads. */
export function save(name: string, parts: BlobPart[], type: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Saves a table as CSV; its first three bytes say that it is UTF-8, without which a spreadsheet garbles every letter that is not English. */
export function saveTable(name: string, csv: string): void {
  save(name, ['\u{feff}', csv], 'text/csv;charset=utf-8');
}
