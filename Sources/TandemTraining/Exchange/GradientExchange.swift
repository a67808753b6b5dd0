import TandemCollectives

/// How the gradients of a step become everybody's new parameters, told in the order in which it
/// happens. The names are those of the types to read.
///
/// 1. *Reported.* Gradients are laid out last layer first, as backward finishes them, and cut into
///    buckets (`Buckets`). Each worker reports how far its last shard has come (`BucketProgress`).
///    A bucket is ready when all workers of the rank have reported it.
/// 2. *Summed.* A bucket's elements are divided among owners, a slice for each: workers, or ranks.
///    Every owner adds what all logical shards have for its slice, along one binary tree over the
///    shards (`ShardTree`), always the same, so that the sum has the same bits for any split over
///    workers and ranks. Sums of shards on other ranks come in messages, as far as the tree has
///    been added up there (`PartialSums`).
/// 3. *Updated.* The owner lets the parameters of its slice follow the sum, block by block, while
///    the blocks are in its cache (`SliceUpdate`). It alone has the optimizer's state of them.
///    Where the gradient is needed as a whole first, for clipping and LARS, owners sum up the
///    squares of fixed blocks instead, all of these are added in their order, and every slice is
///    updated by the rule that follows (`GradientNorms`, `UpdateRule`).
/// 4. *Published.* All workers have the new parameters, before any of them begins the next step.
///
/// There are three ways, of which `ExchangeSetup` chooses one for a run:
///
/// | | chosen where | owners | what is awaited |
/// |---|---|---|---|
/// | `ThreadExchange` | there is one rank | workers | each bucket; a barrier at the end |
/// | `SharedMemoryExchange` | all ranks share memory (`SharedArenas`), and a step takes one exchange | workers of all ranks | the end of all backward passes: `RankMeeting` |
/// | `MessageExchange` | all else: several hosts, large networks, clipping, LARS, `acrossShards` | ranks | the communication thread |
///
/// With messages the communication thread of a rank (`StepCommunication`) takes each bucket through
/// steps 1 to 4 (`BucketStages`) while workers still compute later ones. What there is to compute,
/// shards to add, slices to update, is cut into blocks (`BucketWork`); workers that have finished
/// their backward pass take these too. Step 2 is an all-to-all, step 4 an all-gather
/// (`BucketTransfer`: `MessageTransfer`, or barriers in shared memory, `SharedMemoryTransfer`).
/// With the first bucket ranks tell each other the losses of their shards and whether somebody
/// asked them to stop (`StatusGather`); where ranks meet in memory they leave both there.
///
/// Two things change what travels, not the order:
/// - Weights of large dense layers have no stored gradient but its factors (`FactoredGradients`).
///   In step 2 all ranks get the factors of all images (`FactorTransfer`), and owners compute their
///   slice of the gradient when they update it.
/// - In bfloat16 (`WireFormat`) step 2 packs sums and rounds each of them but the last, the tree's
///   root, which is sent only where a small mini-batch leaves shards without images
///   (`RoundedMessageTransfer`). Step 4 gives back what the update has added to the parameters,
///   rounded, which the owner takes for the update too (`ChangeRounding`); the others add it. The
///   same is rounded where nothing is sent.
///
/// One worker's part in it. Ownership: belongs to that worker.
package protocol GradientExchange {
  /// Called by all workers of the rank with the same step, each after its last report of a bucket;
  /// returns once all parameters are updated and may be read.
  ///
  /// - Throws: `TeamError.abandoned`, and what `GradientNorms.updateRule` throws.
  mutating func run(
    _ step: StepContext, worker: Worker, stopRequest: StopRequest
  ) throws -> StepOutcome
}
