// Builds networks of the zoo for other images and classes.
import Tandem

let published = Zoo.leNet.make()
print("\(published.name): \(try published.graph().parameterLayout.trainableParameters) parameters")
let narrow = try Zoo.network(named: "alexnet", classes: 10, width: 0.25)
print("\(narrow.name): \(try narrow.graph().outputShape)")
