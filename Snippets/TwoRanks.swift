// Trains on all ranks of a job: `mpirun -n 2 .build/release/TwoRanks`. Started alone it is one
// rank.
import Tandem

Job.begin()
let job = try Job.current()
do {
  let data = try DatasetSource.load("shapes").limited(train: 300, test: 100)
  let network = Network("linear", input: data.train.imageShape) {
    Dense(data.train.classNames.count)
  }
  var options = TrainingOptions()
  options.epochs = 1
  options.workers = 1
  options.shards = 2
  let trainer = try Trainer(
    network: network, data: data, normalization: .unitScale(channels: 1), options: options,
    job: job)
  let result = try trainer.run()
  if job.rank == 0 { print("\(result.ranks) ranks, \(result.steps) steps") }
  try job.finish()
} catch {
  job.fail(error)
}
