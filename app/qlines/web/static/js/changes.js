// The pages /changes and /backups: show times in the viewer's zone and refresh relative ones.
import { refreshTimes } from "./time.js";

refreshTimes();
