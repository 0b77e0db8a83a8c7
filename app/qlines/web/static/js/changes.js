// The pages /changes and /backups: show times in the viewer's zone and refresh relative ones.
import { fillProse } from "./prose.js";
import { refreshTimes } from "./time.js";

fillProse();
refreshTimes();
