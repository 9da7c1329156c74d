/** How far a download has come. */
export interface DownloadProgress {
  /** Name of the data set. */
  dataset: string;
  /** Name of the file. */
  file: string;
  /** Address it comes from. */
  url: string;
  /** Bytes of the file that are here, those of an earlier, interrupted download included. */
  received: number;
  /** Bytes of the whole file, `null` if the server does not say. */
  total: number | null;
}

/** Options of `loadMnist`, `loadFashionMnist` and `prepareData`; the defaults suit notebooks. */
export interface LoadOptions {
  /** Folder to look in first, default the one COMPRESSION_DATA names in the environment; "" for none. */
  folder?: string | undefined;
  /** Folder whose `data/` and whose neighbour `shared/data` are looked in, default the course's checkout. */
  checkout?: string;
  /** Cache of the npm package mnist-dataset, default `mnist-dataset` in the folder for temporary files. */
  cacheFolder?: string;
  /** Whether to download what is nowhere here, default true. */
  download?: boolean;
  /** Addresses of folders to download from in this order, default several known ones. */
  mirrors?: readonly string[];
  /** Milliseconds a mirror has to begin its answer, default 6,000. */
  connectTimeout?: number;
  /** Milliseconds a download may go on without a byte, default 15,000. */
  stallTimeout?: number;
  /** Ends a download; what has arrived is kept and the next download goes on from there. */
  signal?: AbortSignal;
  /** Told about every piece that arrives. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Told in a sentence what goes wrong on the way, such as a mirror that serves wrong bytes. */
  onMessage?: (message: string) => void;
}
