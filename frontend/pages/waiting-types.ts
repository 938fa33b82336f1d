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
	/** Where a deputy takes the appointment over. */
	takeUrl: string;
	/** In whose place; empty for one's own. */
	deputyFor: string;
}

/** Somebody in a talk who asks to go on with another device. */
export interface Asking {
	appointment: string;
	name: string;
	initials: string;
	since: string;
	startsAt: string;
	changeUrl: string;
	refuseUrl: string;
	seenUrl: string;
}

export interface WaitingAnswer {
	waiting: Waiting[];
	asking: Asking[];
	/** Seconds; 0: do not ask again. */
	askAgain: number;
	/** Added by the worker: how far the server's clock is ahead of this device's, in ms. */
	ahead: number;
}

export interface WorkerOrder {
	url: string;
}
