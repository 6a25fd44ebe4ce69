import { invalidImage } from '../messages/invalid-image.ts';
import { language } from '../messages/messages.ts';
import { explainInvalid, type InvalidImage } from '../model/invalid-image.ts';

/** Says why a text cannot be an image reference. */
export function InvalidText({ image }: { readonly image: string }) {
  return <>{reasonOf(explainInvalid(image), invalidImage[language.value])}</>;
}

function reasonOf(why: InvalidImage, invalid: (typeof invalidImage)['en']): string {
  switch (why.problem) {
    case 'hidden':
    case 'character':
      return invalid[why.problem](why.shown, why.position);
    case 'upper-case':
      return invalid.upperCase(why.shown, why.position);
    case 'path':
    case 'tag':
      return invalid[why.problem](why.length, why.limit);
    case 'image-id':
      return invalid.imageId;
    default:
      return invalid[why.problem];
  }
}
