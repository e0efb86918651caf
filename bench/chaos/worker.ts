import { serve } from '../workerProcess';
import { subject } from './subject';

void serve((folder) => [subject(folder)]);
