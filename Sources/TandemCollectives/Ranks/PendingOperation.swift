/// An operation that `Communicator` has started.
public protocol PendingOperation: AnyObject {}
