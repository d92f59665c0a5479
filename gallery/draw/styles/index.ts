import type { Style } from '../style.ts';
import { autumnLane } from './autumn-lane.ts';
import { burningSky } from './burning-sky.ts';
import { counterpoint } from './counterpoint.ts';
import { crestingWave } from './cresting-wave.ts';
import { gildedMarble } from './gilded-marble.ts';
import { pineWoodcut } from './pine-woodcut.ts';
import { poppyWash } from './poppy-wash.ts';
import { riverAfternoon } from './river-afternoon.ts';
import { roseGardenWindow } from './rose-garden-window.ts';
import { seaMosaic } from './sea-mosaic.ts';
import { silkGarden } from './silk-garden.ts';
import { whirlingNight } from './whirling-night.ts';

/** The gallery, in the order in which it is shown. */
export const styles: readonly Style[] = [
  whirlingNight,
  burningSky,
  autumnLane,
  riverAfternoon,
  poppyWash,
  roseGardenWindow,
  seaMosaic,
  pineWoodcut,
  crestingWave,
  counterpoint,
  gildedMarble,
  silkGarden,
];
