import { serve } from '../workerProcess';
import { subject } from './subject';

void serve(subject);
