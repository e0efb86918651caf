import { DefinitionInvalid } from '../run/errors';
import type { TermNode } from './node';

type ExactValue = number | bigint | string;

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

const wrong = (value: unknown, of: string, next: string): never => {
  throw new DefinitionInvalid(`${shown(value)} is no ${of}`, { next, stillTrue: 'nothing was changed' });
};

/** A number to the digit. @throws DefinitionInvalid where it is none */
export function exactLiteral(value: ExactValue): TermNode {
  const text = String(value);
  if (
    !['number', 'bigint', 'string'].includes(typeof value) ||
    !/^-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,3})?$/.test(text)
  )
    wrong(value, 'number', "write it as 12, 12.5, or to the digit as text: '12.50'");
  return { is: 'exact', value: text };
}

export function floatLiteral(value: number): TermNode {
  if (typeof value !== 'number' || !Number.isFinite(value)) wrong(value, 'finite number', 'write it as 12 or 0.5');
  return { is: 'float', value };
}

const isDay = (text: string): boolean => {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
};

export function dateLiteral(value: string): TermNode {
  if (typeof value !== 'string' || !isDay(value)) wrong(value, 'day', "write it as '2024-05-31'");
  return { is: 'date', value };
}

const MOMENT = /^(\d{4}-\d\d-\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d))?$/;

/** A moment; a day is its first moment in UTC. */
export function momentLiteral(value: string | Date): TermNode {
  const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value;
  const match = typeof text === 'string' ? MOMENT.exec(text) : null;
  const [, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match ?? [];
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  const isZone = zone === 'Z' || (Number(zone.slice(1, 3)) <= 15 && Number(zone.slice(4)) < 60);
  if (!day || !isDay(day) || !isTime || !isZone)
    wrong(value, 'moment', "write it with its offset: '2024-05-31T10:00:00Z', or as a day, which begins in UTC");
  return { is: 'timestamptz', value: `${day!}T${hour}:${minute}:${second}.${fraction.padEnd(6, '0')}${zone}` };
}

export function textLiteral(value: string): TermNode {
  if (typeof value !== 'string' || value.includes('\0') || /\p{Surrogate}/u.test(value))
    wrong(value, 'text', "write it as 'web'");
  return { is: 'text', value };
}

export function uuidLiteral(value: string): TermNode {
  if (typeof value !== 'string' || !/^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i.test(value))
    wrong(value, 'uuid', 'write it as 8-4-4-4-12 hexadecimal digits');
  return { is: 'uuid', value: value.toLowerCase() };
}
