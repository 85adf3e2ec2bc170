/** The filters and tests that jinja2 has, by their names: another one is refused before anything is rendered, as it is there. Knows what none does. */

const FILTERS =
  'abs attr batch capitalize center count d default dictsort e escape filesizeformat first float forceescape format groupby indent int join last ' +
  'length list lower items map min max pprint random reject rejectattr replace reverse round safe select selectattr slice sort string striptags sum ' +
  'title trim truncate unique upper urlencode urlize wordcount wordwrap xmlattr tojson';
const TESTS =
  'odd even divisibleby defined undefined filter test none boolean false true integer float lower upper string mapping number sequence iterable ' +
  'callable sameas escaped in eq equalto ne gt greaterthan ge lt lessthan le';

const [filters, tests] = [new Set(FILTERS.split(' ')), new Set(TESTS.split(' '))];

export const isFilter = (name: string): boolean => filters.has(name);
export const isTest = (name: string): boolean => tests.has(name);
