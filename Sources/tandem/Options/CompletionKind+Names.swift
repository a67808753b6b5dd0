import ArgumentParser
import Tandem

extension CompletionKind {
  /// The networks that come with Tandem.
  static var models: CompletionKind { .list(Zoo.models.map(\.name)) }
}
