/// The version of this library and its tool.
package let tandemVersion = "0.1.0"
