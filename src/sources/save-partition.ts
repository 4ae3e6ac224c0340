/** Runs in the workers: writes one partition as a text file. */
import { createGzip, type Gzip } from "node:zlib";
import { renderRecord } from "../base/render.ts";
import { portable } from "../closure/portable.ts";
import type { PartitionRecords } from "../plan/plan.ts";
import { storageFor } from "../storage/registry.ts";
import type { FileWriter } from "../storage/storage.ts";
import type { Compression, SaveJob } from "./save.ts";

/** How much text is gathered before it is written. */
const flushAt = 256 * 1024;

/** For a `partition` action: writes each record's text and a line end, UTF-8, and makes the part complete. */
export const savePartition = portable(
  import.meta.url,
  "savePartition",
  (job: SaveJob) =>
    async (index: number, records: PartitionRecords<unknown>): Promise<void> => {
      const path = `${job.staging}/${partName(index, job.compression)}`;
      const file = await (await storageFor(path)).create(path);
      try {
        const writer = job.compression === "gzip" ? gzipped(file) : file;
        await writeLines(writer, records);
        await writer.close();
      } catch (error) {
        await file.discard();
        throw error;
      }
    },
);

async function writeLines(writer: Pick<FileWriter, "write">, records: PartitionRecords<unknown>): Promise<void> {
  let text = "";
  for await (const record of records) {
    text += `${renderRecord(record)}\n`;
    if (text.length < flushAt) continue;
    await writer.write(Buffer.from(text));
    text = "";
  }
  if (text !== "") await writer.write(Buffer.from(text));
}

/** Compresses on the way to the file. */
function gzipped(file: FileWriter): Pick<FileWriter, "write" | "close"> {
  const gzip = createGzip();
  const pumped = pump(gzip, file);
  pumped.catch(() => undefined); // reported by whichever of the calls below comes next
  return {
    write: async bytes => {
      const accepted = new Promise<void>((resolve, reject) =>
        gzip.write(bytes, error => (error ? reject(error) : resolve())),
      );
      await Promise.race([accepted, pumped]);
    },
    close: async () => {
      gzip.end();
      await pumped;
      await file.close();
    },
  };
}

/** Rejects with the file's error; the compressor is destroyed then. */
async function pump(gzip: Gzip, file: FileWriter): Promise<void> {
  for await (const chunk of gzip) await file.write(chunk as Uint8Array);
}

/** `part-00000`, `part-00001.gz`. */
export function partName(index: number, compression: Compression): string {
  return `part-${String(index).padStart(5, "0")}${compression === "gzip" ? ".gz" : ""}`;
}
