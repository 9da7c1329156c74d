import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { relationalLoss } from "../../lib/distillation/relationalLoss.js";

describe("the relational loss", () => {
  it("is that of the paper, by hand", () => {
    // Distances 3, 4, 5 of mean 4, and 1, 1, 2 of mean 4/3.
    const teacher = tf.tensor2d([[0, 0], [3, 0], [0, 4]]);
    const student = tf.tensor2d([[0], [1], [-1]]);
    const errors = [1 / (4 / 3) - 3 / 4, 1 / (4 / 3) - 1, 2 / (4 / 3) - 5 / 4];
    const wanted = (2 * errors.reduce((sum, e) => sum + e ** 2 / 2, 0)) / 9;
    assert.ok(Math.abs(relationalLoss(teacher, student).dataSync()[0] - wanted) < 1e-6);
  });

  it("does not see what is shifted, turned and stretched, nor how many numbers an embedding has", () => {
    const teacher = tf.randomNormal([7, 5], 0, 1, "float32", 3);
    const turned = tf.mul(2.5, tf.concat([teacher.reverse(1), tf.zeros([7, 2])], 1)).add(4);
    assert.ok(relationalLoss(teacher, turned).dataSync()[0] < 1e-8);
    assert.equal(relationalLoss(teacher.slice([0], [1]), turned.slice([0], [1])).dataSync()[0], 0);
  });

  it("goes on in a line beyond an error of 1", () => {
    // Three pairs; one teacher distance is nearly all of the mean.
    const teacher = tf.tensor2d([[0], [0.001], [0.002]]);
    const student = tf.tensor2d([[0], [0.0001], [100]]);
    const d = [0.0001, 99.9999, 100];
    const mean = (d[0] + d[1] + d[2]) / 3;
    const errors = [d[0] / mean - 0.75, d[1] / mean - 0.75, d[2] / mean - 1.5];
    const huber = (e: number): number => (Math.abs(e) < 1 ? e ** 2 / 2 : Math.abs(e) - 0.5);
    const wanted = (2 * errors.reduce((sum, e) => sum + huber(e), 0)) / 9;
    assert.ok(Math.abs(relationalLoss(teacher, student).dataSync()[0] - wanted) < 1e-4);
  });
});
