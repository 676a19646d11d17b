/** English has two forms; a text in another language is a function of its own and brings its own rule. */
export function plural(count: string, one: string, other: string): string {
  return `${count} ${count === '1' ? one : other}`;
}
