/** `/events`: what happens, as it happens. */
import { route, type Route } from '../api.ts';
import { lines } from '../reply.ts';

export const events: readonly Route[] = [
  route('GET /events', ({ query, gone }, engine) => {
    const wanted = { since: query.seconds('since'), until: query.seconds('until'), filters: query.filters() };
    return lines(engine.events.subscribe(wanted), gone, 'application/json');
  }),
];
