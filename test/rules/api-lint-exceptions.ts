// Where the API document does not do what a rule set asks for, and why. A rule test holds every entry to be needed.

export interface LintException {
  readonly rule: string;
  /** What it is about: paths with slashes between, or whatever only answers hold; everything when left out. */
  readonly places?: RegExp | 'answers';
  readonly reason: string;
}

export const lintExceptions: readonly LintException[] = [
  {
    rule: 'contact-properties',
    reason: 'Whoever runs the service is the contact; the document is the same for all of them.',
  },
  {
    rule: 'owasp:api8:2023-define-cors-origin',
    reason: 'There is no CORS: no answer lets a page of another origin read it.',
  },
  {
    rule: 'owasp:api4:2023-rate-limit',
    reason:
      'Wrong logins are what is counted, and their 429 has Retry-After; no quota exists that a header could tell.',
  },
  {
    rule: 'owasp:api4:2023-rate-limit-responses-429',
    reason:
      'Only routes that take credentials count attempts; the others are held by limits on size, time and connections.',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    reason:
      'Names, titles and messages are text of any script; their length and control characters are what is limited.',
  },
  {
    rule: 'owasp:api4:2023-string-limit',
    places: 'answers',
    reason: 'What the service gives out was limited when it took it, or is made by itself.',
  },
  {
    rule: 'owasp:api4:2023-array-limit',
    places: 'answers',
    reason:
      'What the service gives out was limited when it took it, or is made by itself; pages have at most 200.',
  },
  {
    rule: 'owasp:api4:2023-string-limit',
    places: /\/form\/\{code\}\/put\/requestBody\/content\//,
    reason: 'A file is no text: its form attribute says how many bytes it may have.',
  },
  {
    rule: 'owasp:api4:2023-string-limit',
    places: /\/permissions\/items$/,
    reason: 'A permission is one that a route asks for; any other is refused, however long.',
  },
  {
    rule: 'owasp:api8:2023-define-error-responses-401',
    places: /^paths\/(\/healthz|\/readyz|\/metrics|\/problems|\/\.well-known|\/api\/v1\/auth\/)/,
    reason: 'A public route asks for no token, so none can be wrong.',
  },
];
