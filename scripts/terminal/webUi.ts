import { WEB_UI_COLUMNS, webUiLinks } from '../../client/webUi';
import { instant } from '../../model/time/time';

interface Temporal {
  readonly uiUrl?: string;
  readonly namespace: string;
}

/** The lists that an operator opens in the Web UI, by name; empty where nobody says where it is. */
export const webUiLists = ({ uiUrl, namespace }: Temporal): Record<string, string> =>
  uiUrl === undefined
    ? {}
    : Object.fromEntries(webUiLinks(uiUrl, namespace, instant(Date.now())).map(({ name, url }) => [name, url]));

/** The same for a person, with what the browser alone can be told. */
export function webUiLines(temporal: Temporal): string[] {
  const lists = Object.entries(webUiLists(temporal));
  if (lists.length === 0) return [];
  return [
    ...lists.map(([name, url]) => `    ${name.padEnd(13)}  ${url}`),
    `    columns to switch on there: ${WEB_UI_COLUMNS.join(', ')}`,
  ];
}
