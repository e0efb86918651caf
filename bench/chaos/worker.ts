import { isChecked, checkedSubject } from './checked/checkedSubject';
import { serve } from '../workerProcess';
import { subject } from './subject';

void serve((folder) => [isChecked(folder) ? checkedSubject(folder) : subject(folder)]);
