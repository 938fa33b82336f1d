import { offerCopies } from "./copy";
import { helpForms } from "./forms";
import { watchWaiting } from "./waiting";

helpForms();
offerCopies();
watchWaiting();
