// The page /changes: refreshes relative times.
import { refreshTimes } from "./time.js";

refreshTimes();
