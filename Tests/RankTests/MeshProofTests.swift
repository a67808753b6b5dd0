import MeshProof
import TandemCollectives
import TandemNetwork

/// Training by the devices of a mesh against training by one worker, on networks of the zoo.
let meshProofTests: [String: RankTest] = [
  // Arguments: the name of a case of `MeshProof.full` or, with `narrow` before it,
  // `MeshProof.narrow`; the mesh. The first rank prints a row for each parallelism.
  "mesh-proof": { job, arguments in
    let isNarrow = arguments.first == "narrow"
    let words = isNarrow ? Array(arguments.dropFirst()) : arguments
    let cases = isNarrow ? MeshProof.narrow : MeshProof.full
    guard words.count == 2, let proof = cases.first(where: { $0.name == words[0] }),
      let mesh = Mesh(words[1])
    else { throw Unexpected("arguments \(arguments): give a case and a mesh") }
    let rows = try proof.rows(mesh, in: job)
    guard job.rank == 0 else { return }
    for row in rows { print(row) }
    if let problem = rows.lazy.compactMap(\.problem).first { throw Unexpected(problem) }
  },
  // What stands above the rows, and the names of the cases.
  "mesh-proof-heading": { _, _ in print(MeshProofRow.heading) },
  "mesh-proof-cases": { job, _ in
    guard job.rank == 0 else { return }
    for proof in MeshProof.full { print(proof.name) }
  },
]
