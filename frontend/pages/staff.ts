import { helpForms } from "./forms";
import { watchWaiting } from "./waiting";

helpForms();
watchWaiting();
