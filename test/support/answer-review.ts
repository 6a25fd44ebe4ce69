import { formatAnswer } from '../../src/admission/response.ts';
import { reviewAdmission } from '../../src/admission/review.ts';

/** Answers a review as server and function do: what is sent, and what was decided. */
export function answerReview(...review: Parameters<typeof reviewAdmission>) {
  const result = reviewAdmission(...review);
  return { ...formatAnswer(result), decisions: result.decisions };
}
