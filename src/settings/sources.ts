/** Where a default comes from, as the page says it beside a setting. */
export const SOFT = 'SOFT, arXiv 2402.07610';
export const SELF_ALIGN = 'SELF-ALIGN, arXiv 2305.03047';
export const HERE = 'chosen on validation seeds, see LOG.md';
