export { failure } from "./shared.ts";

export const isEntry = import.meta.main;
