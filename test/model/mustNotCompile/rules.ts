import { expect } from '../../../checks';
import { cleaned, everyRecord, integer, numeric, text, timestamptz } from '../../../model';

const columns = { pickup: timestamptz(), dropoff: timestamptz(), fare: numeric(), riders: integer(), vendor: text() };

export const trips = cleaned({
  name: 'trips',
  columns,
  key: everyRecord(),
  checks: (r) => [
    expect('drop-off after pick-up', r.dropoff.gte(r.pickup)).deadLetter(),
    expect('fare for its riders', r.fare.gte(r.riders.times('2.50')).or(r.vendor.eq('free'))),
    expect('vendor', r.vendor.matches(/^[A-Z]+$/).and(r.vendor.length().lte(3))).warn(),
    expect('text with number', r.vendor.eq(1)), // @error
    expect('text with number', r.fare.gte(r.vendor)), // @error
    expect('number with moment', r.riders.eq(r.pickup)), // @error
    expect('order of texts', r.vendor.lt('B')), // @error
    expect('no such column', r.tip.gte(0)), // @error
  ],
});

export const limited = {
  riders: integer().min(0).max(9),
  fare: numeric().min('0.01'),
  vendor: text().matches(/^[A-Z]+$/),
  wrong: text().min(1), // @error
  also: integer().matches(/1/), // @error
};
