import { readFile } from "node:fs/promises";
import type { UserConfig } from "vitepress";

/** A plugin of the Vite that VitePress has. */
type Plugin = Extract<NonNullable<NonNullable<UserConfig["vite"]>["plugins"]>[number], { name: string }>;

/** Fails where pages hold code of a package whose terms are not in the site's `licences.txt`, which is built before them. */
export function carried(): Plugin {
  return {
    name: "carried",
    apply: "build",
    async generateBundle(_, bundle) {
      const licences = (await readFile(new URL("../../../www/dist/licences.txt", import.meta.url), "utf8")).split("\n");
      const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? Object.entries(file.modules) : []));
      for (const [id, { renderedLength }] of modules) {
        const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id) ?? [];
        // Vue's and VueUse's parts have the same terms as the whole.
        const whole = name?.replace(/^@vue\/.*/, "vue").replace(/^@vueuse\/.*/, "@vueuse/core");
        if (whole && renderedLength > 0 && !licences.includes(whole)) throw new Error(`${name} is not in licences.txt: name it in www/vite.config.ts`);
      }
    },
  };
}
