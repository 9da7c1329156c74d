// Arguments: size of a small set, folder, mirror. Downloads the set into the folder.
import { downloadSet } from "../../lib/data/downloadSet.js";
import { smallSet } from "./smallSet.js";

const [images, folder, mirror] = process.argv.slice(2);
void downloadSet(smallSet(Number(images)).set, folder!, { mirrors: [mirror!] }).then((problems) => {
  if (problems !== null) throw new Error(problems.join("\n"));
});
