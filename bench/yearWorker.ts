import { serve } from './workerProcess';
import { events } from './yearPipeline';

void serve((folder) => [events(folder)]);
