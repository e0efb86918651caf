import departures from './departures/departures';
import events from './events/events';
import taxi from './taxi/taxi';
import tills from './tills/tills';

/** Every example: what weir.config.ts lists to run them. */
export const examples = [tills, events, taxi, departures];
