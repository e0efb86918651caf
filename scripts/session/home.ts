/** Where embedded services, bundles and logs live. */
export const homeFolder = (): string => process.env['WEIR_HOME'] ?? '.weir';
