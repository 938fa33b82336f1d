export interface Waiting {
	appointment: string;
	name: string;
	initials: string;
	since: string;
	startsAt: string;
	url: string;
	admitUrl: string;
	seenUrl: string;
	checks: string[];
}

export interface WaitingAnswer {
	waiting: Waiting[];
	/** Seconds; 0: do not ask again. */
	askAgain: number;
}

export interface WorkerOrder {
	url: string;
}
