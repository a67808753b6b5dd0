/// An operation that `Communicator` has started.
package protocol PendingOperation: AnyObject {}
