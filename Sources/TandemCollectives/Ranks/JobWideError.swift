/// An error that all ranks find together and that names those concerned in its text, so that it
/// does not matter which rank reports it.
package protocol JobWideError: Error {}
