import path from 'node:path';
import { plantedBuild } from './plantedBuild';
import type { Plant } from './plants';
import { PLANTS } from './plants';
import { SCENARIOS } from './scenarios';
import { healed, onStage } from './stage';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(0)} s`;
const DAYS = [0, 1, 2, 3, 4, 5];

/**
 * Whether the judge can see: every scenario once on the code as it is, where it must hold, then each on a build with its fault planted, where it
 * must end in *broken*. True when all of it is so.
 */
export async function runPlanted(home: string, seed: number, only: string): Promise<boolean> {
  const plants = PLANTS.filter(({ name }) => only === '' || only === name);
  if (plants.length === 0)
    throw new RangeError(`--only ${only} is none of ${PLANTS.map(({ name }) => name).join(', ')}`);
  const began = Date.now();
  // All builds first: a patch that does not fit is known at once.
  const builds = plants.map((plant) => plantedBuild(path.resolve(home, `planted-${plant.name}`, 'dist'), plant));
  let well = await intact(path.join(home, 'calm'), seed, plants);
  for (const [i, plant] of plants.entries()) {
    const broken = await planted(path.join(home, `planted-${plant.name}`), seed, plant, builds[i]!);
    if (broken.length === 0) well = false;
  }
  say(
    `${well ? `all ${plants.length} planted faults were seen` : 'THE JUDGE IS BLIND, or the code is broken'}, in ${seconds(began)}`,
  );
  return well;
}

/** The shared calm cluster: the same scenarios, nothing planted. */
async function intact(home: string, seed: number, plants: readonly Plant[]): Promise<boolean> {
  const began = Date.now();
  return onStage({ home, seed }, async (stage) => {
    let holds = true;
    for (const { name } of plants) {
      const told = await SCENARIOS[name](stage);
      const broken = await stage.judged();
      say(`nothing planted, ${name}: ${broken.length === 0 ? 'holds' : `BROKEN: ${broken[0]}`}; ${told}`);
      if (broken.length > 0) holds = false;
      for (const day of DAYS) stage.write(day, 0);
      await stage.driver.backfill('all');
      await healed(stage.driver);
    }
    say(`nothing planted: ${holds ? 'holds' : 'BROKEN'}, ${seconds(began)}`);
    return holds;
  });
}

async function planted(home: string, seed: number, plant: Plant, dist: string): Promise<string[]> {
  const began = Date.now();
  return onStage({ home, seed, dist }, async (stage) => {
    const told = await SCENARIOS[plant.name](stage);
    const broken = await stage.judged();
    say(
      broken.length > 0
        ? `planted ${plant.name}: broken, as it must be: ${broken[0]} (${broken.length} in all; ${told}; ${seconds(began)})`
        : `planted ${plant.name}: NOT SEEN (${told}; ${seconds(began)})`,
    );
    return broken;
  });
}
