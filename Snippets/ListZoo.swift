// Builds networks of the zoo for other images and classes.
import Tandem

let published = Zoo.leNet()
print("\(published.name): \(try published.graph().parameterLayout.trainableParameters) parameters")
let narrow = Zoo.alexNet(classes: 10, width: 0.25)
print("\(narrow.name): \(try narrow.graph().outputShape)")
