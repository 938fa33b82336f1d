// As much of Node as the tests use; its own types would be one more package.
declare module "node:test" {
	export function test(name: string, run: () => void | Promise<void>): void;
	export const mock: {
		timers: {
			enable(options: { apis: ("setTimeout" | "Date")[] }): void;
			tick(milliseconds: number): void;
			reset(): void;
		};
	};
}
declare module "node:assert/strict" {
	export function deepEqual(actual: unknown, expected: unknown): void;
	export function equal(
		actual: unknown,
		expected: unknown,
		message?: string,
	): void;
	export function notEqual(
		actual: unknown,
		expected: unknown,
		message?: string,
	): void;
	export function ok(value: unknown, message?: string): asserts value;
	export function fail(): never;
}
declare module "node:fs" {
	export function readFileSync(path: string, encoding: "utf8"): string;
}
