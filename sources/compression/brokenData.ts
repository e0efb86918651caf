/** What a compressed file holds is not what its format promises. */
export class BrokenData extends Error {}
