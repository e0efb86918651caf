import { pipelines } from '../pipelines';
import { serve } from './workerProcess';

void serve(() => pipelines);
