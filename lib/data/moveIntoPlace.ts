import { rename } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

/**
 * Renames a file over another. On Windows that fails while somebody has the other open, be it a
 * process that reads it or a virus scanner: then it is tried again for about two seconds.
 */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const inUse = process.platform === "win32" && /^(EPERM|EACCES|EBUSY)$/.test(code ?? "");
      if (!inUse || attempt === 10) throw error;
    }
    await pause(40 * attempt);
  }
}
