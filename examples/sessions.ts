#!/usr/bin/env node
// Sessions of users: lines "user page" come over a socket; who has been quiet for ten seconds has left, and is told of.
import { SparkConf, SparkContext, type State, StateSpec, StreamingContext } from "dstreams";

const [host = "localhost", port = "9999", checkpoints = "./checkpoints"] = process.argv.slice(2);
const sc = new SparkContext(new SparkConf().setAppName("Sessions"));
const ssc = new StreamingContext(sc, 1);
ssc.checkpoint(checkpoints);

const visit = (user: string, page: string | null, session: State<string[]>) => {
  const pages = [...(session.getOption() ?? []), ...(page === null ? [] : [page])];
  if (session.isTimingOut()) return `${user} has left after ${pages.length} pages: ${pages.join(" > ")}`;
  session.update(pages);
  return null;
};

const visits = ssc.socketTextStream(host, Number(port)).map(line => line.split(" ") as [string, string]);
const sessions = visits.mapWithState(StateSpec.function(visit).timeout(10)).checkpoint(2); // looks for the quiet every 2 s
sessions.filter(ended => ended !== null).pprint();

await ssc.start();
await ssc.awaitTermination();
