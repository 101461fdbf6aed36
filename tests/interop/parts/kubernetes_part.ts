/**
 * The manifests of `examples/kubernetes/`, with the schemas of Kubernetes.
 *
 * @module
 */
import { fromFileUrl, interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import {
  findKubernetesValidate,
  KUBERNETES_VALIDATE_VERSION,
} from "../programs/python.ts";
import { reportedCases } from "../programs/reported_cases.ts";
import type { Missing, Part } from "./part.ts";

const TABLE = "Manifests of Kubernetes";

const FOLDER = fromFileUrl(
  new URL("../../../examples/kubernetes", import.meta.url),
);

/** Makes the part. It needs no runtime of ours. */
export async function kubernetesPart(): Promise<Part | Missing> {
  const title = `kubernetes-validate ${KUBERNETES_VALIDATE_VERSION}`;
  const found = await findKubernetesValidate();
  if ("problem" in found) {
    return {
      what: `${title}, and with it every test of the manifests,`,
      problem: found.problem,
    };
  }
  return {
    columns: [{
      title,
      async *run(filter) {
        await using checker = new Peer([
          found.python,
          interopFile("python/kubernetes_cases.py"),
          FOLDER,
          filter,
        ]);
        yield* reportedCases(checker, checker);
      },
    }],
    tables: [TABLE],
    place: (name) => ({ table: TABLE, row: name, operation: "" }),
  };
}
