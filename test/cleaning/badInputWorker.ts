import { serve } from '../../bench/workerProcess';
import { badInputPipelines } from './badInputPipelines';

void serve((folder) => Object.values(badInputPipelines(folder)));
