/** image-detour as a library: the core, without files or sockets. */
export { formatAnswer, type ReviewAnswer } from './admission/response.ts';
export { type ReviewResult, reviewAdmission } from './admission/review.ts';
export { type Decision, type DecisionContext, decide, type Reason } from './decision/decide.ts';
export { type ConsideredRule, type Explanation, explain } from './decision/explain.ts';
export { formatReference, parseReference, type Reference } from './reference/reference.ts';
export { checkRules } from './rules/check.ts';
export { defaultRulesText } from './rules/default.ts';
export { type Diagnostic, type DiagnosticCode, formatDiagnostic } from './rules/diagnostic.ts';
export { type LoadedRules, loadRules } from './rules/load.ts';
export type { Rule, RuleSet } from './rules/rule-set.ts';
