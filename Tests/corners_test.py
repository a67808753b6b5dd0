"""Tests of Fixtures/pytorch/corners.py, for a Python that has torch."""

import pathlib
import sys
import unittest

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Fixtures" / "pytorch"))
from corners import Corners, disagreement  # noqa: E402


class CornersTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.network = nn.Sequential(
            nn.Conv2d(2, 5, 3),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Conv2d(5, 4, 3),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
            nn.Flatten(),
            nn.LazyLinear(3),
        ).double()
        self.image = torch.randn(1, 2, 13, 13).double()
        self.network(self.image)

    def gradient(self, image=None):
        image = (self.image if image is None else image).clone().requires_grad_()
        self.network(image)[0, 1].backward()
        return image.grad

    def seen(self, image=None):
        with torch.no_grad(), Corners() as corners:
            self.network(self.image if image is None else image)
        return corners.seen

    def given(self):
        return [x[0].clone() for x, _ in self.seen()]

    def test_pytorchs_own_decisions_change_nothing(self):
        wanted = self.gradient()
        with Corners():
            self.assertTrue(torch.equal(self.gradient(), wanted))
        with Corners(self.given()):
            self.assertTrue(torch.equal(self.gradient(), wanted))
        found = disagreement(self.seen(), self.given())
        self.assertEqual(found["units"], 5 * 11 * 11 + 5 * 6 * 6 + 4 * 4 * 4 + 4 * 2 * 2)
        self.assertEqual([found["other"], found["farthest"], found["difference"]], [0, 0, 0])

    def test_what_was_replaced_comes_back(self):
        before = torch.relu, nn.functional.relu, nn.functional.max_pool2d
        with self.assertRaises(ZeroDivisionError), Corners():
            self.assertIsNot(torch.relu, before[0])
            raise ZeroDivisionError
        self.assertEqual((torch.relu, nn.functional.relu, nn.functional.max_pool2d), before)

    def test_gradients_go_where_another_image_says(self):
        """With the decisions of another image they are its gradients, weights being the same."""
        other = torch.randn(1, 2, 13, 13).double()
        given = [x[0] for x, _ in self.seen(other)]
        with Corners(given):
            found = self.gradient()
        self.assertTrue(torch.allclose(found, self.gradient(other), rtol=0, atol=1e-15))
        self.assertFalse(torch.allclose(found, self.gradient(), rtol=0.1))
        self.assertGreater(disagreement(self.seen(), given)["farthest"], 0.1)

    def test_one_unit_near_its_corner(self):
        """Of a ReLU's inputs one is -1e-9 here and +1e-9 there: one path more."""
        layer = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(3, 1, bias=False)).double()
        with torch.no_grad():
            layer[2].weight.copy_(torch.tensor([[3.0, 5.0, 7.0]]))
        x = torch.tensor([[[[1.0, -1e-9, -2.0]]]]).double().requires_grad_()
        given = [torch.tensor([[[1.0, 1e-9, -2.0]]])]
        with Corners(given) as corners:
            layer(x).sum().backward()
        self.assertEqual(x.grad.flatten().tolist(), [3, 5, 0])
        found = disagreement(corners.seen, given)
        self.assertEqual([found["units"], found["other"]], [3, 1])
        self.assertAlmostEqual(found["farthest"], 0.5e-9, delta=1e-15)

    def test_one_window_with_two_that_are_nearly_the_largest(self):
        values = [[[[1.0, 2.0], [2.0 + 1e-9, 0.0]]]]
        x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        given = [torch.tensor([[[1.0, 2.0], [2.0, 0.0]]])]
        with Corners(given) as corners:
            nn.MaxPool2d(2)(x).sum().backward()
        self.assertEqual(x.grad.flatten().tolist(), [0, 1, 0, 0])
        found = disagreement(corners.seen, given)
        self.assertEqual([found["units"], found["other"]], [1, 1])
        self.assertAlmostEqual(found["farthest"], 0.5e-9, delta=1e-15)

    def test_windows_of_equal_elements_are_no_disagreement(self):
        x = torch.zeros(1, 1, 2, 2).double()
        given = [torch.tensor([[[0.0, 0.0], [0.0, 0.0]]])]
        with Corners(given) as corners:
            nn.MaxPool2d(2)(x)
        self.assertEqual(disagreement(corners.seen, given)["other"], 0)

    def test_guided_lets_only_positive_gradients_back(self):
        layer = nn.Sequential(nn.ReLU(), nn.Linear(3, 1, bias=False)).double()
        with torch.no_grad():
            layer[1].weight.copy_(torch.tensor([[3.0, -5.0, 7.0]]))
        x = torch.tensor([1.0, 1.0, -1.0]).double().requires_grad_()
        with Corners(guided=True):
            layer(x).backward()
        self.assertEqual(x.grad.tolist(), [3, 0, 0])

    def test_decisions_of_another_network_are_refused(self):
        given = self.given()
        for wrong in (given[:-1], given + given[:1], given[::-1]):
            with self.assertRaises(ValueError), Corners(wrong):
                self.network(self.image)


if __name__ == "__main__":
    unittest.main()
